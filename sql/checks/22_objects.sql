-- No undeclared object changes the meaning of the application's statements, or writes rows beside them: operators, casts,
-- default operator classes and conversions, languages, statistics that call functions, subscriptions.
select o.thing as object, o.detail
from loose_object o
where o.harmful
order by 1, 2
