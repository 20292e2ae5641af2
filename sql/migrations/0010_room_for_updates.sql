--! transaction: none
-- A tenth of each page stays free for new versions of its rows. An update of a column that no index holds (a task's status,
-- an agent's heartbeat) then writes no index, however many there are. Pages that are full already get their room as they
-- are rewritten; nothing is rewritten now.

alter table public.tasks set (fillfactor = 90);
alter table public.agent_instances set (fillfactor = 90);
