"""Every way in which definitions can be wrong, once each, with the message that says so."""

from pathlib import Path

import pytest

from monstera.definitions import check_definitions

from .conftest import EVENTS, PRODUCTS, WriteFolder

SEEN = "- event_type: seen\n  is_qualifying: true\n"
"""An event type of no product, on lines 1 and 2."""

WORKFLOW = """\
- id: making
  name: Making
  start: video_created
  completion: video_created
"""


def composite(
    name: str, when: str = "{journey_days: [0, 9]}", precedence: int | None = None
) -> str:
    """A composite segment on 9 lines, one more with a precedence."""
    last = f"  precedence: {precedence}\n" if precedence else ""
    return f"""\
- id: {name}
  name: Name
  when: [{when}]
  definition: d
  rationale: r
  target_metrics: [m]
  intervention: i
  owner: o
{last}"""


FEATURE = "- {id: effects, name: Effects, kind: feature, parent: editor}\n"

ERRORS: dict[str, tuple[dict[str, str], str]] = {
    # files
    "a file of another name": (
        {"thresholds.yaml": "a: 1"},
        "thresholds.yaml: not a definition file; expected lifecycle.yaml, accounts.yaml, "
        "routing.yaml or products/*.yaml, events/*.yaml, feeds/*.yaml, metrics/*.yaml, "
        "alerts/*.yaml, segments/*.yaml, workflows/*.yaml",
    ),
    "a file of another ending": (
        {"lifecycle.yml": "a: 1"},
        "lifecycle.yml: expected the ending .yaml: rename it to lifecycle.yaml",
    ),
    "a file of an ending in capitals": (
        {"lifecycle.YAML": "a: 1"},
        "lifecycle.YAML: expected the ending .yaml: rename it to lifecycle.yaml",
    ),
    "a mapping where a list belongs": (
        {"events/b.yaml": "seen: 1"},
        "events/b.yaml:1: expected a list: entries that begin with '- '",
    ),
    "a list where a mapping belongs": (
        {"accounts.yaml": "- 1"},
        "accounts.yaml:1: expected a mapping of keys to values",
    ),
    "an entry that is no mapping": (
        {"products/b.yaml": PRODUCTS.replace("editor", "other") + "- text\n"},
        "products/b.yaml:3: [1]: expected a mapping of keys to values",
    ),
    "an entry without a name": (
        {"events/b.yaml": "- is_qualifying: true\n"},
        "events/b.yaml:1: [0].event_type: expected a name, as text",
    ),
    "an alert rule without a name": (
        {"alerts/a.yaml": "- priority: P1\n"},
        "alerts/a.yaml:1: [0].id: expected a name, as text",
    ),
    "a name twice": (
        {"events/b.yaml": "\n" + EVENTS},
        "events/b.yaml:2: video_created.event_type: already declared at events/a.yaml:1",
    ),
    # segments
    "an unknown threshold": (
        {"segments/a.yaml": "- {id: engagement_intensity, power_event: 3}\n"},
        "segments/a.yaml:1: engagement_intensity.power_event: "
        "unknown key; did you mean power_events?",
    ),
    "thresholds the wrong way round": (
        {"segments/a.yaml": "- {id: engagement_intensity, silent_from_days: 31}\n"},
        "segments/a.yaml:1: engagement_intensity: "
        "expected silent_from_days <= silent_to_days, found 31 > 30",
    ),
    "an unknown event type that reaches people": (
        {"segments/a.yaml": "- {id: collaboration_type, people: [{event: called, key: who}]}\n"},
        "segments/a.yaml:1: collaboration_type.people[0].event: unknown event type called",
    ),
    "a key that names nobody": (
        {
            "segments/a.yaml": "- id: collaboration_type\n"
            "  people: [{event: video_created, key: who}]\n"
        },
        "segments/a.yaml:2: collaboration_type.people[0].key: expected a metadata key of "
        "video_created with pseudonym: true, found who",
    ),
    "a composite segment without an owner": (
        {"segments/a.yaml": composite("a").replace("  owner: o\n", "")},
        "segments/a.yaml:1: a.owner: this key is required",
    ),
    "a composite segment without an intervention": (
        {"segments/a.yaml": composite("a").replace("  intervention: i\n", "")},
        "segments/a.yaml:1: a.intervention: this key is required",
    ),
    "a composite segment with a blank owner": (
        {"segments/a.yaml": composite("a").replace("owner: o", "owner: '  '")},
        "segments/a.yaml:8: a.owner: expected text that is not empty, found '  '",
    ),
    "a composite segment named like being in none": (
        {"segments/a.yaml": composite("none")},
        "segments/a.yaml:1: none.id: expected another id, found none, "
        "which has a meaning of its own",
    ),
    "a composite segment named like the dimension of all of them": (
        {"segments/a.yaml": composite("composite_segment")},
        "segments/a.yaml:1: composite_segment.id: expected another id, found "
        "composite_segment, which has a meaning of its own",
    ),
    "a composite segment that nobody can be in": (
        {"segments/a.yaml": composite("a", "{journey_days: [0, 14]}, {journey_days: [15, 30]}")},
        "segments/a.yaml:3: a.when: two conditions exclude each other, so that nobody can be in it",
    ),
    "a composite segment without a value that is left": (
        {
            "segments/a.yaml": composite(
                "a",
                "{dimension: journey_stage, is_not: "
                "[reactivation, onboarding, adoption, retention, loyalty]}",
            )
        },
        "segments/a.yaml:3: a.when[0]: expected a value that is left, found is_not reactivation, "
        "onboarding, adoption, retention, loyalty",
    ),
    "a composite segment of an unknown dimension": (
        {"segments/a.yaml": composite("a", "{dimension: mood, is: [good]}")},
        "segments/a.yaml:3: a.when[0].dimension: expected 'engagement_intensity', "
        "'value_realization', 'product_breadth', 'journey_stage', 'feature_adoption', "
        "'collaboration_type' or 'temporal_pattern', found 'mood'",
    ),
    "a composite segment of an unknown value": (
        {"segments/a.yaml": composite("a", "{dimension: product_breadth, is: [wide]}")},
        "segments/a.yaml:3: a.when[0]: "
        "expected one of platform_power, multi, explorer, single, none, found wide",
    ),
    "composite segments that overlap without a precedence": (
        {"segments/a.yaml": composite("a", precedence=1) + composite("b")},
        "segments/a.yaml:10: b.precedence: a user may be in a too: say which comes first",
    ),
    "composite segments of one precedence": (
        {"segments/a.yaml": composite("a", precedence=1) + composite("b", precedence=1)},
        "segments/a.yaml:18: b.precedence: a has this precedence too, and a user may be in both",
    ),
    # workflows
    "an unknown event type in a workflow": (
        {"workflows/a.yaml": WORKFLOW + "  steps: [video_created, video_cut]\n"},
        "workflows/a.yaml:5: making.steps[1]: unknown event type video_cut",
    ),
    "an event type of a product that a workflow does not name": (
        {
            "products/b.yaml": "- {id: other, name: Other}\n",
            "events/b.yaml": SEEN,
            "workflows/a.yaml": WORKFLOW.replace("start: video_created", "start: seen")
            + "  products: [other]\n",
        },
        "workflows/a.yaml:4: making.completion: "
        "video_created belongs to editor, which products does not name",
    ),
    "an unknown product in a workflow": (
        {"workflows/a.yaml": WORKFLOW + "  products: [editor, other]\n"},
        "workflows/a.yaml:5: making.products[1]: unknown product other",
    ),
    "a feature in the place of a workflow's product": (
        {
            "products/b.yaml": FEATURE,
            "workflows/a.yaml": WORKFLOW + "  products: [editor, effects]\n",
        },
        "workflows/a.yaml:5: making.products[1]: expected a product, found the feature effects",
    ),
    "a step that abandons its own workflow": (
        {"workflows/a.yaml": WORKFLOW + "  abandonment: [video_created]\n"},
        "workflows/a.yaml:1: making: "
        "expected video_created on the way or as abandonment, found it as both",
    ),
    # lifecycle
    "an unknown key": (
        {"lifecycle.yaml": "new_days: 1\nactiv_days: 3\n"},
        "lifecycle.yaml:2: activ_days: unknown key; did you mean active_days?",
    ),
    "an unknown time zone": (
        {"lifecycle.yaml": "business_time_zone: Europe/Atlantis\n"},
        "lifecycle.yaml:1: business_time_zone: "
        "expected an IANA time zone such as Europe/Berlin, found 'Europe/Atlantis'",
    ),
    "text where a number belongs": (
        {"lifecycle.yaml": "grace_days: '7'\n"},
        "lifecycle.yaml:1: grace_days: expected a whole number, found '7'",
    ),
    "a threshold too small": (
        {"lifecycle.yaml": "active_days: 0\n"},
        "lifecycle.yaml:1: active_days: expected greater than or equal to 1, found 0",
    ),
    "a threshold beyond all calendars": (
        {"lifecycle.yaml": "churn_days: 99999\n"},
        "lifecycle.yaml:1: churn_days: expected less than or equal to 36500, found 99999",
    ),
    "a number beyond what the warehouse holds": (
        {"lifecycle.yaml": "support_minimum_users: 3000000000\n"},
        "lifecycle.yaml:1: support_minimum_users: "
        "expected less than or equal to 1000000000, found 3000000000",
    ),
    "the platform churns before it is dormant": (
        {"lifecycle.yaml": "active_days: 61\n"},
        "lifecycle.yaml:1: expected active_days <= churn_days, found 61 > 60",
    ),
    # products
    "a product id that is no name": (
        {"products/b.yaml": "- id: Video-Editor\n  name: Video Editor\n"},
        "products/b.yaml:1: Video-Editor.id: "
        "expected a snake_case name such as video_created, found 'Video-Editor'",
    ),
    "the scope of all products": (
        {"products/b.yaml": "- id: platform\n  name: Platform\n"},
        "products/b.yaml:1: platform.id: platform names the scope of all products: choose another",
    ),
    "an unknown kind": (
        {"products/b.yaml": "- id: x\n  name: X\n  kind: family\n"},
        "products/b.yaml:3: x.kind: expected 'product', 'feature' or 'sub_feature', found 'family'",
    ),
    "a product with a parent": (
        {"products/b.yaml": "- id: x\n  name: X\n  parent: editor\n"},
        "products/b.yaml:3: x.parent: a product has no parent; set kind: feature?",
    ),
    "a feature without a parent": (
        {"products/b.yaml": "- id: x\n  name: X\n  kind: feature\n"},
        "products/b.yaml:1: x.parent: a feature needs a product as parent",
    ),
    "an unknown parent": (
        {"products/b.yaml": "- id: x\n  name: X\n  kind: feature\n  parent: y\n"},
        "products/b.yaml:4: x.parent: unknown product y",
    ),
    "a parent of another kind": (
        {"products/b.yaml": "- id: x\n  name: X\n  kind: sub_feature\n  parent: editor\n"},
        "products/b.yaml:4: x.parent: expected a feature, found the product editor",
    ),
    "a tier that is not sold": (
        {"accounts.yaml": "tiers: [free, paid]", "products/a.yaml": PRODUCTS + "  tier: gold\n"},
        "products/a.yaml:3: editor.tier: expected one of free, paid, found gold",
    ),
    "a feature with thresholds": (
        {"products/b.yaml": FEATURE.replace("}", ", state_time_thresholds: {new_days: 1}}")},
        "products/b.yaml:1: effects.state_time_thresholds: "
        "only products have this, and it is a feature",
    ),
    "a product that churns before it is dormant": (
        {"products/a.yaml": PRODUCTS + "  state_time_thresholds:\n    churn_days: 29\n"},
        "products/a.yaml:3: editor.state_time_thresholds: expected active_days <= churn_days "
        "(what is not set is the platform's), found 30 > 29",
    ),
    "a misspelt threshold": (
        {"products/a.yaml": PRODUCTS + "  state_time_thresholds:\n    churn: 29\n"},
        "products/a.yaml:4: editor.state_time_thresholds.churn: "
        "unknown key; did you mean churn_days?",
    ),
    "activation by an unknown event type": (
        {
            "products/a.yaml": PRODUCTS + "  activation_definition:\n"
            "  - events: [video_created]\n    timeframe_days: 1\n"
            "  - events:\n    - video_created\n    - video_seen\n    timeframe_days: 1\n"
        },
        "products/a.yaml:8: editor.activation_definition[1].events[1]: "
        "unknown event type video_seen",
    ),
    "activation by nothing": (
        {
            "products/a.yaml": PRODUCTS
            + "  activation_definition: [{events: [], timeframe_days: 1}]\n"
        },
        "products/a.yaml:3: editor.activation_definition[0].events: "
        "expected at least one, found none",
    ),
    "activation by the same twice": (
        {
            "products/a.yaml": PRODUCTS + "  activation_definition:\n"
            "  - {events: [video_created, video_created], timeframe_days: 1}\n"
        },
        "products/a.yaml:4: editor.activation_definition[0].events: "
        "expected each name once, found video_created twice",
    ),
    # event types
    "an event type that is no name": (
        {"events/b.yaml": "- event_type: video__seen\n  is_qualifying: true\n"},
        "events/b.yaml:1: video__seen.event_type: "
        "expected a snake_case name such as video_created, found 'video__seen'",
    ),
    "whether it qualifies is not said": (
        {"events/b.yaml": "- event_type: seen\n"},
        "events/b.yaml:1: seen.is_qualifying: this key is required",
    ),
    "an unknown category": (
        {"events/b.yaml": SEEN + "  category: fun\n"},
        "events/b.yaml:3: seen.category: expected 'adoption', 'core_action', 'engagement', "
        "'outcome', 'abandonment', 'lifecycle', 'billing' or 'system', found 'fun'",
    ),
    "an unknown product": (
        {"events/b.yaml": SEEN + "  product: viewer\n"},
        "events/b.yaml:3: seen.product: unknown product viewer",
    ),
    "a feature as product": (
        {"products/b.yaml": FEATURE, "events/b.yaml": SEEN + "  product: effects\n"},
        "events/b.yaml:3: seen.product: "
        "expected a product, found the feature effects: name it as feature",
    ),
    "an unknown feature": (
        {"events/b.yaml": SEEN + "  product: editor\n  feature: effects\n"},
        "events/b.yaml:4: seen.feature: unknown feature effects",
    ),
    "a feature of another product": (
        {
            "products/b.yaml": FEATURE + "- {id: viewer, name: Viewer}\n",
            "events/b.yaml": SEEN + "  product: viewer\n  feature: effects\n",
        },
        "events/b.yaml:4: seen.feature: expected a feature of the product viewer, found effects",
    ),
    "a feature of no product": (
        {"products/b.yaml": FEATURE, "events/b.yaml": SEEN + "  feature: effects\n"},
        "events/b.yaml:3: seen.feature: name the product of the feature effects too",
    ),
    "a passive type that qualifies": (
        {"events/b.yaml": SEEN + "  passive: true\n"},
        "events/b.yaml:2: seen.is_qualifying: a passive event type never qualifies",
    ),
    "a system type that qualifies": (
        {"events/b.yaml": SEEN + "  category: system\n"},
        "events/b.yaml:2: seen.is_qualifying: an event type of category system never qualifies",
    ),
    "a condition that is none": (
        {"events/b.yaml": SEEN + "  qualifies_when: sometimes\n"},
        "events/b.yaml:3: seen.qualifies_when: "
        "expected a comparison such as duration_seconds > 300, found 'sometimes'",
    ),
    "a condition with a list": (
        {"events/b.yaml": SEEN + "  qualifies_when: {key: x, operator: '=', value: [1]}\n"},
        "events/b.yaml:3: seen.qualifies_when.value: "
        "expected true or false or a whole number or a number or text, found [1]",
    ),
    "a condition where nothing qualifies": (
        {
            "events/b.yaml": "- event_type: seen\n  is_qualifying: false\n"
            "  qualifies_when: n > 1\n  metadata: {n: {type: integer}}\n"
        },
        "events/b.yaml:3: seen.qualifies_when: "
        "the event type does not qualify at all: set is_qualifying: true",
    ),
    "a condition on what is not kept": (
        {"events/b.yaml": SEEN + "  qualifies_when: n > 1\n"},
        "events/b.yaml:3: seen.qualifies_when: expected one of its metadata keys, found n",
    ),
    "a condition of another type": (
        {"events/b.yaml": SEEN + "  qualifies_when: n = no\n  metadata: {n: {type: integer}}\n"},
        "events/b.yaml:3: seen.qualifies_when: n is integer, which 'no' is not",
    ),
    "a condition that orders text": (
        {"events/b.yaml": SEEN + "  qualifies_when: n > abc\n  metadata: {n: {type: string}}\n"},
        "events/b.yaml:3: seen.qualifies_when: > compares numbers, and n is string",
    ),
    "a condition on a list": (
        {"events/b.yaml": SEEN + "  qualifies_when: n = abc\n  metadata: {n: {type: array}}\n"},
        "events/b.yaml:3: seen.qualifies_when: n is array, which cannot be compared",
    ),
    "an unknown metadata type": (
        {"events/b.yaml": SEEN + "  metadata:\n    n:\n      type: money\n"},
        "events/b.yaml:5: seen.metadata.n.type: expected 'string', 'integer', 'number', "
        "'boolean', 'timestamp', 'date', 'array' or 'object', found 'money'",
    ),
    "an unknown metadata setting": (
        {"events/b.yaml": SEEN + "  metadata:\n    n: {type: string, optional: true}\n"},
        "events/b.yaml:4: seen.metadata.n.optional: "
        "unknown key; known keys: description, pseudonym, required, since, type",
    ),
    "schema versions out of order": (
        {"events/b.yaml": SEEN + "  schema_versions: [2, 1]\n"},
        "events/b.yaml:3: seen.schema_versions: expected rising numbers, found [2, 1]",
    ),
    "a field of a version that is not": (
        {"events/b.yaml": SEEN + "  metadata:\n    n: {type: string, since: 2}\n"},
        "events/b.yaml:4: seen.metadata.n.since: expected one of the schema_versions, found 2",
    ),
    "a required field that older versions lack": (
        {
            "events/b.yaml": SEEN + "  schema_versions: [1, 2]\n"
            "  metadata:\n    n: {type: string, since: 2, required: true}\n"
        },
        "events/b.yaml:5: seen.metadata.n.required: a field new in version 2 must be optional",
    ),
    "an unknown dependency": (
        {"events/b.yaml": SEEN + "  depends_on: [video_created, video_seen]\n"},
        "events/b.yaml:3: seen.depends_on[1]: unknown event type video_seen",
    ),
    "a cycle": (
        {
            "events/b.yaml": "- {event_type: c, is_qualifying: true, depends_on: [a]}\n"
            "- {event_type: a, is_qualifying: true, depends_on: [b]}\n"
            "- {event_type: b, is_qualifying: true, depends_on: [video_created, c]}\n"
        },
        "events/b.yaml:2: a.depends_on: cycle: a -> b -> c -> a",
    ),
    "an alias that is an event type": (
        {"events/b.yaml": SEEN + "  aliases: [view, video_created]\n"},
        "events/b.yaml:3: seen.aliases[1]: video_created already stands for video_created",
    ),
    "an alias of two": (
        {
            "events/b.yaml": SEEN + "  aliases: [view]\n"
            "- {event_type: looked, is_qualifying: true, aliases: [view]}\n"
        },
        "events/b.yaml:4: looked.aliases[0]: view already stands for seen",
    ),
    # what is built in
    "a built-in event type that qualifies": (
        {"events/b.yaml": "- event_type: payment_failed\n  is_qualifying: true\n"},
        "events/b.yaml:2: payment_failed.is_qualifying: payment_failed is built in: a folder can "
        "only add optional metadata, aliases, owner, status and description",
    ),
    "a built-in event type that requires": (
        {
            "events/b.yaml": "- event_type: user_deleted\n  metadata:\n"
            "    cause:\n      type: string\n      required: true\n"
        },
        "events/b.yaml:5: user_deleted.metadata.cause.required: "
        "expected false: the event type is built in",
    ),
    "a built-in field of another type": (
        {"events/b.yaml": "- event_type: user_deleted\n  metadata: {reason: {type: integer}}\n"},
        "events/b.yaml:2: user_deleted.metadata.reason.type: "
        "expected string, as built in, found integer",
    ),
    "nobody builds in": (
        {"events/b.yaml": SEEN + "  is_built_in: true\n"},
        "events/b.yaml:3: seen.is_built_in: unknown key; known keys: aliases, category, "
        "depends_on, description, event_type, feature, is_activation, is_qualifying, is_unique, "
        "metadata, owner, passive, product, qualifies_when, schema_versions, status",
    ),
    "a built-in feed with columns": (
        {"feeds/a.yaml": "- id: users\n  columns: {x: {type: string}}\n"},
        "feeds/a.yaml:2: users.columns: this feed is built in: only success_marker can be set",
    ),
    # feeds
    "a feed without a key": (
        {"feeds/a.yaml": "- id: payments\n  columns: {x: {type: string}}\n"},
        "feeds/a.yaml:1: payments.key: expected the columns that identify a row",
    ),
    "a key of no column": (
        {"feeds/a.yaml": "- id: payments\n  key: [x, y]\n  columns: {x: {type: string}}\n"},
        "feeds/a.yaml:2: payments.key[1]: unknown column y",
    ),
    "a feed named as a month of events": (
        {"feeds/a.yaml": "- id: events_2026_03\n  key: [x]\n  columns: {x: {type: string}}\n"},
        "feeds/a.yaml:1: events_2026_03.id: events_2026_03 is a table of its own: choose another",
    ),
    "a column of a name that is taken": (
        {
            "feeds/a.yaml": "- id: seats\n  key: [x]\n  columns:\n    x: {type: string}\n"
            "    dt: {type: date}\n"
        },
        "feeds/a.yaml:5: seats.columns.dt: every feed's table has a dt of its own: choose another "
        "name",
    ),
    "a column of ids that cannot be tokens": (
        {
            "feeds/a.yaml": "- id: seats\n  key: [x]\n  columns:\n    x: {type: string}\n"
            "    user_id: {type: number}\n"
        },
        "feeds/a.yaml:5: seats.columns.user_id.type: expected string or integer, found number: "
        "an id of a person or account is stored as its token",
    ),
    "a metadata key of ids that cannot be tokens": (
        {"events/b.yaml": SEEN + "  metadata:\n    friend_user_id: {type: integer}\n"},
        "events/b.yaml:4: seen.metadata.friend_user_id.type: expected string or array, found "
        "integer: an id of a person or account is stored as its token",
    ),
    "a feed of a name that is taken": (
        {"feeds/a.yaml": "- id: event_quarantine\n  key: [x]\n  columns: {x: {type: string}}\n"},
        "feeds/a.yaml:1: event_quarantine.id: event_quarantine is a table of its own: "
        "choose another",
    ),
    # accounts
    "a tier twice": (
        {"accounts.yaml": "tiers: [free, free]\n"},
        "accounts.yaml:1: tiers: expected each name once, found free twice",
    ),
    "a signal that ends before it begins": (
        {"accounts.yaml": "thresholds:\n  low_utilization_exit: 0.2\n"},
        "accounts.yaml:1: thresholds: "
        "expected low_utilization_enter <= low_utilization_exit, found 0.30 > 0.2",
    ),
    "a share above 1": (
        {"accounts.yaml": "thresholds:\n  renewal_utilization: 40\n"},
        "accounts.yaml:2: thresholds.renewal_utilization: expected less than or equal to 1, "
        "found 40",
    ),
    "a rate of nothing": (
        {"accounts.yaml": "currency_rates:\n  USD: 0\n"},
        "accounts.yaml:2: currency_rates.USD: expected greater than 0, found 0",
    ),
    "a rate from no day": (
        {"accounts.yaml": "currency_rates:\n  USD: {today: 1}\n"},
        "accounts.yaml:2: currency_rates.USD: expected a date such as 2026-01-31, found 'today'",
    ),
    "a rate that is none": (
        {"accounts.yaml": "currency_rates:\n  USD: dear\n"},
        "accounts.yaml:2: currency_rates.USD: "
        "expected a number, or dates with numbers, found 'dear'",
    ),
    "a currency that is none": (
        {"accounts.yaml": "currency_rates:\n  USD: 1\n  euro: 1.1\n"},
        "accounts.yaml:3: currency_rates.euro: expected a currency code such as USD, found 'euro'",
    ),
    "a number as text": (
        {"accounts.yaml": "thresholds: {low_utilization_exit: '0.4'}\n"},
        "accounts.yaml:1: thresholds.low_utilization_exit: expected a number, found '0.4'",
    ),
    "a health model of nothing": (
        {"accounts.yaml": "health_models: {own: {components: {}}}\n"},
        "accounts.yaml:1: health_models.own.components: expected at least one item, found {}",
    ),
    "an unknown health model": (
        {"accounts.yaml": "health_model: vibes\n"},
        "accounts.yaml:1: health_model: expected one of five_signals, four_signals",
    ),
}

COMPLETE = """\
- {event_type: editor_first_access, product: editor, is_qualifying: false, category: adoption}
- {event_type: video_edited, product: editor, is_qualifying: true}
- {event_type: video_saved, product: editor, is_qualifying: true}
- {event_type: video_previewed, product: editor, is_qualifying: false}
- {event_type: video_shared, product: editor, is_qualifying: true, category: outcome}
"""
"""With the minimal folder and an owner, all that a product should have."""

VIEWER = "".join(
    f"- {{event_type: {name}, product: viewer, is_qualifying: true, category: {category}}}\n"
    for name, category in {
        "a": "adoption", "b": "outcome", "c": "engagement",
        "seen": "core_action", "d": "core_action", "e": "core_action",
    }.items()
)  # fmt: skip
"""All that a product should have, of a product `viewer`."""

OWNED = PRODUCTS + "  owner: creation\n"

WARNINGS: dict[str, tuple[dict[str, str], str]] = {
    "no adoption": (
        {"events/b.yaml": COMPLETE.replace("adoption", "engagement")},
        "products/a.yaml:1: editor: expected at least 1 event type of category adoption, found 0",
    ),
    "too few core actions": (
        {"events/a.yaml": ""},
        "products/a.yaml:1: editor: "
        "expected at least 3 event types of category core_action, found 2",
    ),
    "no engagement": (
        {"events/b.yaml": COMPLETE.replace("video_previewed", "video_seen, category: abandonment")},
        "products/a.yaml:1: editor: expected at least 1 event type of category engagement, found 0",
    ),
    "no outcome": (
        {"events/b.yaml": COMPLETE.replace("outcome", "engagement")},
        "products/a.yaml:1: editor: expected at least 1 event type of category outcome, found 0",
    ),
    "a name that is not Title Case": (
        {"products/a.yaml": OWNED.replace("Video Editor", "Video editor")},
        "products/a.yaml:2: editor.name: expected Title Case, found Video editor",
    ),
    "a product without an owner": (
        {"products/a.yaml": PRODUCTS},
        "products/a.yaml:1: editor.owner: no owner",
    ),
    "an event type without an owner": (
        {"events/c.yaml": SEEN},
        "events/c.yaml:1: seen.owner: no owner, and no product whose owner it could have",
    ),
    "activation by an event type of another product": (
        {
            "products/a.yaml": OWNED + "  activation_definition:\n"
            "  - {events: [user_signed_up, seen], timeframe_days: 1}\n",
            "products/b.yaml": "- {id: viewer, name: Viewer, owner: x, kind: product}\n",
            "events/c.yaml": VIEWER,
        },
        "products/a.yaml:5: editor.activation_definition[0].events[1]: "
        "seen belongs to viewer and never counts here",
    ),
    "no rate for the reporting currency": (
        {"accounts.yaml": "currency_rates: {EUR: 1.1}\n"},
        "accounts.yaml:1: currency_rates: "
        "no rate for the reporting currency USD: totals count it as 1",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_error(write_folder: WriteFolder, case: str) -> None:
    files, message = ERRORS[case]
    report = check_definitions(write_folder(files))
    assert list(map(str, report.errors)) == [message]
    assert report.definitions is None


@pytest.mark.parametrize("case", WARNINGS)
def test_warning(write_folder: WriteFolder, case: str) -> None:
    files, message = WARNINGS[case]
    folder = write_folder({"products/a.yaml": OWNED, "events/b.yaml": COMPLETE, **files})
    report = check_definitions(folder)
    assert list(map(str, report.warnings)) == [message]
    assert report.errors == ()


def test_nothing_to_say(write_folder: WriteFolder) -> None:
    report = check_definitions(write_folder({"products/a.yaml": OWNED, "events/b.yaml": COMPLETE}))
    assert (report.errors, report.warnings) == ((), ())
    assert report.definitions is not None


@pytest.mark.parametrize(
    "name",
    ["AI Voice Cloning", "Review and Approval", "Review & Approval", "3D Editor", "Real-time Chat"],
)
def test_title_case(write_folder: WriteFolder, name: str) -> None:
    products = OWNED.replace("Video Editor", name)
    folder = write_folder({"products/a.yaml": products, "events/b.yaml": COMPLETE})
    assert check_definitions(folder).warnings == ()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    report = check_definitions(tmp_path / "nowhere")
    assert list(map(str, report.errors)) == [
        f"{tmp_path}/nowhere: this definitions folder is not there"
    ]


def test_a_folder_without_definitions(tmp_path: Path) -> None:
    report = check_definitions(tmp_path)
    assert list(map(str, report.errors)) == [f"{tmp_path}: no definition files in this folder"]


@pytest.mark.parametrize(
    "when",
    [
        "{journey_days: [10, 19]}",
        "{journey_days: [0, 9]}, {dimension: product_breadth, is_not: [multi]}",
    ],
)
def test_composite_segments_that_exclude_each_other_need_no_precedence(
    write_folder: WriteFolder, when: str
) -> None:
    first = composite("a", "{journey_days: [0, 9]}, {dimension: product_breadth, is: [multi]}")
    report = check_definitions(write_folder({"segments/a.yaml": first + composite("b", when)}))
    assert report.errors == ()
