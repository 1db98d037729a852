-- Funnels tell how long people take from stage to stage, too.
create function gold.next_stage_times(reached timestamptz[], stages integer[], at timestamptz) returns timestamptz[]
language sql immutable as $$
    select case when cardinality(reached) + 2 = any(stages) then reached || at else reached end
$$;
comment on function gold.next_stage_times is 'When the stages of a funnel after the first one were reached, after an event that belongs to these stages.';
create aggregate gold.stage_times (integer[], timestamptz) (sfunc = gold.next_stage_times, stype = timestamptz[], initcond = '{}');  -- noqa: PRS
comment on aggregate gold.stage_times(integer[], timestamptz) is 'When somebody at the first stage of a funnel reached each later one, from the stages that their events belong to and their times, in order.';  -- noqa: PRS
grant execute on function gold.next_stage_times, gold.stage_times(integer[], timestamptz) to monstera_transformer;

drop aggregate gold.last_stage(integer[]);
drop function gold.next_stage;
