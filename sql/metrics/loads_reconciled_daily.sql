/*
description: >
  How much of what sources say they delivered on the day was loaded: of the control totals that differ most,
  1 less the difference in relation to what was expected. Days without control totals have no value.
*/
select
    dt as date,
    'all' as segment_key,
    'all' as segment_value,
    min(case
        when measure = '(unreadable)' then 0
        when found is not null then greatest(0, 1 - abs(found - expected) / greatest(abs(expected), 1))
    end) as value,
    null::numeric as numerator,
    null::numeric as denominator
from ops.control_totals
where dt between :first and :last
group by dt
