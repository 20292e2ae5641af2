-- The 15 tables of production as its own tools created them before this project: most have no tenant key, and there are
-- no indexes beyond primary keys and unique constraints, and no row security. Copied from the live catalog.

create table public.organizations (
    id character varying(255) not null,
    name character varying(255) not null,
    slug character varying(255) not null,
    plan character varying(50) default 'free'::character varying,
    billing_email character varying(255),
    api_keys text default '[]'::text,
    settings text default '{}'::text,
    created_at timestamp without time zone default now(),
    updated_at timestamp without time zone default now(),
    constraint organizations_pkey primary key (id),
    constraint organizations_slug_unique unique (slug)
);

create table public.agents (
    id character varying(255) not null,
    organization_id character varying(255),
    name character varying(255) not null,
    provider character varying(50) not null,
    model character varying(255) not null,
    capabilities text default '[]'::text,
    cost_per_token_input numeric(10,8) default '0'::numeric,
    cost_per_token_output numeric(10,8) default '0'::numeric,
    quota_limit bigint,
    quota_used bigint default 0,
    quota_reset_at timestamp without time zone,
    status character varying(50) default 'idle'::character varying,
    last_heartbeat timestamp without time zone,
    metadata text default '{}'::text,
    created_at timestamp without time zone default now(),
    constraint agents_organization_id_organizations_id_fk foreign key (organization_id) references public.organizations (id) on delete cascade,
    constraint agents_pkey primary key (id)
);

create table public.connector_configs (
    id character varying(255) not null,
    organization_id character varying(255) not null,
    type character varying(50) not null,
    name character varying(255) not null,
    config text default '{}'::text,
    is_enabled boolean default true,
    created_at timestamp without time zone default now(),
    constraint connector_configs_organization_id_organizations_id_fk foreign key (organization_id) references public.organizations (id) on delete cascade,
    constraint connector_configs_pkey primary key (id)
);

create table public.organization_members (
    id character varying(255) not null,
    organization_id character varying(255) not null,
    user_id character varying(255) not null,
    role character varying(50) default 'member'::character varying,
    invited_at timestamp without time zone default now(),
    joined_at timestamp without time zone,
    constraint organization_members_organization_id_organizations_id_fk foreign key (organization_id) references public.organizations (id) on delete cascade,
    constraint organization_members_pkey primary key (id)
);

create table public.projects (
    id character varying(255) not null,
    organization_id character varying(255) not null,
    name character varying(255) not null,
    slug character varying(255) not null,
    description text,
    root_path text,
    git_remote text,
    git_branch character varying(255) default 'main'::character varying,
    conflict_strategy character varying(50) default 'lock'::character varying,
    budget_total numeric(10,2),
    budget_spent numeric(10,2) default '0'::numeric,
    budget_alert_threshold integer default 80,
    settings text default '{}'::text,
    is_active boolean default true,
    created_at timestamp without time zone default now(),
    updated_at timestamp without time zone default now(),
    constraint projects_organization_id_organizations_id_fk foreign key (organization_id) references public.organizations (id) on delete cascade,
    constraint projects_pkey primary key (id)
);

create table public.cost_events (
    id character varying(255) not null,
    organization_id character varying(255) not null,
    project_id character varying(255) not null,
    agent_id character varying(255) not null,
    task_id character varying(255),
    model character varying(255) not null,
    tokens_input bigint not null,
    tokens_output bigint not null,
    cost numeric(10,6) not null,
    created_at timestamp without time zone default now(),
    constraint cost_events_organization_id_organizations_id_fk foreign key (organization_id) references public.organizations (id) on delete cascade,
    constraint cost_events_project_id_projects_id_fk foreign key (project_id) references public.projects (id) on delete cascade,
    constraint cost_events_pkey primary key (id)
);

create table public.escalations (
    id character varying(255) not null,
    project_id character varying(255) not null,
    type character varying(50) not null,
    priority character varying(50) default 'normal'::character varying not null,
    status character varying(50) default 'pending'::character varying not null,
    title character varying(500) not null,
    description text,
    context text default '{}'::text,
    assigned_to character varying(255),
    resolved_by character varying(255),
    resolution text,
    snoozed_until timestamp without time zone,
    created_at timestamp without time zone default now(),
    updated_at timestamp without time zone default now(),
    resolved_at timestamp without time zone,
    constraint escalations_project_id_projects_id_fk foreign key (project_id) references public.projects (id) on delete cascade,
    constraint escalations_pkey primary key (id)
);

create table public.file_conflicts (
    id character varying(255) not null,
    project_id character varying(255) not null,
    file_path text not null,
    agents text default '[]'::text,
    strategy character varying(50) not null,
    resolution character varying(50),
    resolved_by character varying(255),
    resolved_at timestamp without time zone,
    created_at timestamp without time zone default now(),
    constraint file_conflicts_project_id_projects_id_fk foreign key (project_id) references public.projects (id) on delete cascade,
    constraint file_conflicts_pkey primary key (id)
);

create table public.project_agents (
    id character varying(255) not null,
    project_id character varying(255) not null,
    agent_id character varying(255) not null,
    role character varying(50) default 'contributor'::character varying,
    custom_instructions text,
    instructions_file text,
    allowed_paths text default '[]'::text,
    denied_paths text default '[]'::text,
    token_budget bigint,
    is_enabled boolean default true,
    created_at timestamp without time zone default now(),
    constraint project_agents_agent_id_agents_id_fk foreign key (agent_id) references public.agents (id) on delete cascade,
    constraint project_agents_project_id_projects_id_fk foreign key (project_id) references public.projects (id) on delete cascade,
    constraint project_agents_pkey primary key (id)
);

create table public.tasks (
    id character varying(255) not null,
    project_id character varying(255) not null,
    parent_id character varying(255),
    title character varying(500) not null,
    description text,
    status character varying(50) default 'pending'::character varying,
    priority character varying(50) default 'medium'::character varying,
    assigned_to character varying(255),
    claimed_at timestamp without time zone,
    started_at timestamp without time zone,
    completed_at timestamp without time zone,
    due_at timestamp without time zone,
    dependencies text default '[]'::text,
    blocked_by character varying(255),
    estimated_tokens bigint,
    actual_tokens bigint,
    files text default '[]'::text,
    tags text default '[]'::text,
    result text,
    error_message text,
    metadata text default '{}'::text,
    created_by character varying(255),
    created_at timestamp without time zone default now(),
    updated_at timestamp without time zone default now(),
    constraint tasks_assigned_to_agents_id_fk foreign key (assigned_to) references public.agents (id) on delete set null,
    constraint tasks_project_id_projects_id_fk foreign key (project_id) references public.projects (id) on delete cascade,
    constraint tasks_pkey primary key (id)
);

create table public.agent_instances (
    id character varying(255) not null,
    agent_id character varying(255) not null,
    project_id character varying(255) not null,
    session_id character varying(255) not null,
    status character varying(50) default 'idle'::character varying,
    current_task_id character varying(255),
    last_heartbeat timestamp without time zone not null,
    metadata text default '{}'::text,
    started_at timestamp without time zone default now(),
    constraint agent_instances_agent_id_agents_id_fk foreign key (agent_id) references public.agents (id) on delete cascade,
    constraint agent_instances_current_task_id_tasks_id_fk foreign key (current_task_id) references public.tasks (id) on delete set null,
    constraint agent_instances_project_id_projects_id_fk foreign key (project_id) references public.projects (id) on delete cascade,
    constraint agent_instances_pkey primary key (id),
    constraint agent_instances_session_id_unique unique (session_id)
);

create table public.file_locks (
    id character varying(255) not null,
    project_id character varying(255) not null,
    file_path text not null,
    agent_id character varying(255) not null,
    task_id character varying(255),
    locked_at timestamp without time zone default now(),
    expires_at timestamp without time zone,
    constraint file_locks_project_id_projects_id_fk foreign key (project_id) references public.projects (id) on delete cascade,
    constraint file_locks_task_id_tasks_id_fk foreign key (task_id) references public.tasks (id) on delete set null,
    constraint file_locks_pkey primary key (id)
);

create table public.task_activities (
    id character varying(255) not null,
    task_id character varying(255) not null,
    agent_id character varying(255),
    action character varying(50) not null,
    description text,
    metadata text default '{}'::text,
    created_at timestamp without time zone default now(),
    constraint task_activities_task_id_tasks_id_fk foreign key (task_id) references public.tasks (id) on delete cascade,
    constraint task_activities_pkey primary key (id)
);

create table public.users (
    id character varying(255) not null,
    email character varying(255) not null,
    name character varying(255),
    password_hash text,
    auth_provider character varying(50) default 'local'::character varying,
    auth_provider_id character varying(255),
    avatar_url text,
    is_active boolean default true,
    last_login_at timestamp without time zone,
    created_at timestamp without time zone default now(),
    updated_at timestamp without time zone default now(),
    constraint users_pkey primary key (id),
    constraint users_email_unique unique (email)
);

create table public.user_secrets (
    id character varying(255) not null,
    user_id character varying(255) not null,
    name character varying(255) not null,
    encrypted_value text not null,
    iv character varying(255) not null,
    auth_tag character varying(255) not null,
    provider character varying(255),
    expires_at timestamp without time zone,
    last_used_at timestamp without time zone,
    created_at timestamp without time zone default now(),
    updated_at timestamp without time zone default now(),
    constraint user_secrets_user_id_users_id_fk foreign key (user_id) references public.users (id) on delete cascade,
    constraint user_secrets_pkey primary key (id)
);
