-- A statement that calls a function not marked so stays in one process, however many cores the server has.
alter function silver.advance_workflow parallel safe;
alter function gold.account_segments_of parallel safe;
alter function gold.is_error parallel safe;
alter function gold.is_on_target parallel safe;
alter function gold.next_stage_times parallel safe;
alter function gold.periods parallel safe;
alter function gold.periods_between parallel safe;
alter function gold.segments_of parallel safe;

create or replace aggregate gold.stage_times (integer[], timestamptz) (  -- noqa: PRS
    sfunc = gold.next_stage_times, stype = timestamptz[], initcond = '{}', parallel = safe
);
create or replace aggregate silver.merged (jsonb) (  -- noqa: LT01
    sfunc = jsonb_concat, stype = jsonb, initcond = '{}', parallel = safe
);
create or replace aggregate silver.walk_workflow (timestamptz, date, integer [], integer, integer) (  -- noqa: LT01
    sfunc = silver.advance_workflow, stype = silver.workflow_position, parallel = safe
);
