-- Nothing that nobody declared changes what a statement of the application means, or writes rows past it: operators, casts,
-- default operator classes and conversions, languages, statistics that call, subscriptions.
select o.thing as object, o.detail
from loose_object o
where o.harmful
order by 1, 2
