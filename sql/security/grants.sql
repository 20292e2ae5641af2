-- Rights to execute functions. Triggers fire without such a right, but functions that they call with the writer's rights,
-- and those in their WHEN, need it. Functions of extensions keep the rights that came with them, and a function of another
-- role is reported as a difference: `revoke … on all functions` fails at the first one that the owner has no right to.

do $$
declare
    open_to_all regprocedure;
begin
    for open_to_all in
        select distinct p.oid
        from pg_catalog.pg_proc p
        cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        where p.pronamespace = 'public'::regnamespace
          and a.grantee = 0
          and pg_has_role(p.proowner, 'usage')
          and not exists (
              select from pg_catalog.pg_depend e
              where e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e'
          )
    loop
        execute format('revoke execute on routine %s from public', open_to_all);
    end loop;
end
$$;

grant execute on function
    public.current_user_id(),
    public.current_org_id(),
    public.writable_org_id(),
    public.administered_org_id(),
    public.owned_org_id(),
    public.current_user_org_ids(),
    public.set_context(text, text),
    public.require_context(text, text),
    public.last_upkeep(),
    public.transaction_has_id()
to prductr_app, prductr_service;
grant execute on function
    public.user_id_for_login(text),
    public.member_rank(text),
    public.add_member(text, text),
    public.set_member_role(text, text),
    public.remove_member(text),
    public.fellow_members(),
    public.founded_org_ids(),
    public.newest_rank(text),
    public.create_organization(text, text, text),
    public.delete_organization(),
    public.admit_call(text)
to prductr_app;
grant execute on function
    public.trim_analytics(interval, integer),
    public.trim_rate_limits(integer),
    public.trim_file_locks(integer),
    public.record_upkeep(text, bigint)
to prductr_service;
