-- Who may execute what. Triggers need no right to be fired; end_founding is called by one with the rights of the user who
-- becomes an owner.

revoke execute on all functions in schema public from public;
grant execute on function
    public.current_user_id(),
    public.current_org_id(),
    public.writable_org_id(),
    public.administered_org_id(),
    public.owned_org_id(),
    public.current_user_org_ids(),
    public.set_context(text, text)
to prductr_app, prductr_service;
grant execute on function
    public.user_id_for_login(text),
    public.member_rank(text),
    public.add_member(text, text),
    public.set_member_role(text, text),
    public.remove_member(text),
    public.founded_org_ids(),
    public.end_founding(text),
    public.create_organization(text, text, text),
    public.delete_organization()
to prductr_app;
