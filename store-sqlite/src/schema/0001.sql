-- Version 1. Times are microseconds since 1970; ids of jobs are the 16 bytes of the UUID.

create table sched_meta (key text primary key, value integer not null) without rowid;
insert into sched_meta values ('edits', 0);

-- autoincrement: the number of a node is never given again.
create table sched_node (
    id integer primary key autoincrement,
    nonce integer not null,
    name text not null,
    version text not null,
    queues text not null,
    tasks text not null,
    lease integer not null,
    since integer not null,
    expires integer not null,
    turn integer not null
);

-- Jobs that have not ended. The columns that claims read come first: long texts are on pages of their own.
create table sched_job (
    id blob primary key not null,
    queue text not null,
    class integer not null,
    due integer,
    node integer,
    token integer not null,
    attempt integer not null,
    lost integer not null,
    cancelled integer not null,
    since integer not null,
    task text not null,
    schedule text,
    nominal integer,
    cause integer,
    key text,
    hold integer,
    taken integer,
    policy text,
    facts text,
    note text,
    args text not null
);
-- The order of claims. What is held or kept is not in it, so that it does not slow a claim.
create index sched_job_ready on sched_job (queue, class, due, id) where node is null and due is not null;
create index sched_job_suspect on sched_job (queue, class, due, id) where node is null and due is not null and lost >= 2;
create index sched_job_held on sched_job (node, id) where node is not null;
create index sched_job_run on sched_job (schedule, nominal, id) where schedule is not null;
create index sched_job_kept on sched_job (schedule) where due is null;

create table sched_past (
    id blob primary key not null,
    ended integer not null,
    outcome text not null,
    error text,
    result text,
    queue text not null,
    class integer not null,
    due integer,
    node integer,
    token integer not null,
    attempt integer not null,
    lost integer not null,
    cancelled integer not null,
    since integer not null,
    task text not null,
    schedule text,
    nominal integer,
    cause integer,
    key text,
    hold integer,
    taken integer,
    policy text,
    facts text,
    note text,
    args text not null
);
create index sched_past_ended on sched_past (ended desc, id);

create table sched_held_key (
    key text primary key not null,
    job blob not null,
    until integer,
    ended integer not null
) without rowid;
create index sched_held_key_ended on sched_held_key (until) where ended = 1;

create table sched_schedule (
    id text primary key not null,
    task text not null,
    state text not null,
    next integer,
    last integer,
    rev integer not null,
    ver integer not null,
    edit integer not null,
    data text not null
);
create index sched_schedule_due on sched_schedule (next, id) where state = 'active' and next is not null;
create index sched_schedule_edit on sched_schedule (edit);

create table sched_record (
    schedule text not null,
    nominal integer not null,
    cause integer not null,
    until integer,
    count integer not null,
    verdict text not null,
    merged integer,
    job blob,
    node integer not null,
    at integer not null,
    primary key (schedule, nominal, cause)
) without rowid;
create index sched_record_at on sched_record (at);
