-- With the reader's rights, whichever role created or replaced the view: each tenant counts its own events.
alter view public.analytics_daily set (security_invoker = true, security_barrier = true);
grant select on public.analytics_daily to prductr_app, prductr_service;
