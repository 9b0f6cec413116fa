"""What a person should know of a schema before it is built: sentences, shown by estimates and builds."""

from __future__ import annotations

from litlab.assets import enforced
from litlab.builds.plan import Plan


def cautions(plan: Plan) -> list[str]:
    """Return what is allowed and likely a mistake, one sentence each: nothing is refused for it."""
    schema = plan.schema
    gates = [feature.name for feature in plan.features if feature.is_gate]
    found = []
    if schema.resolution > 1 and gates:
        found.append(
            f"A resolution of {schema.resolution} is applied before the gates ({', '.join(gates)}): they see "
            f"every {schema.resolution}th tick only, and leave out whatever they keep of the others"
        )
    for feature in plan.features:
        why = (
            None
            if feature.is_label
            else enforced.refutation(plan.team, feature.feature.script, feature.params)
        )
        if why:
            found.append(f"The feature {feature.name!r} is {why}")
    return found
