-- Nearly every view of the readers joins the one row of what is published. Without statistics the planner takes
-- it for thousands, and reads all history for one date; publishing keeps them.
grant maintain on ops.current_publication, ops.publications to monstera_transformer; -- noqa: PRS
