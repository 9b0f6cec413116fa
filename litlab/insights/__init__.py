"""Insights: why a prediction came out as it did, and what it would be on other inputs.

1. ``groups``: the players: columns that keep a bar consistent go together (price, trades, sizes).
2. ``background``: training samples of the same minute of the day, brought to the sample's price and ATR.
3. ``impact``: exact Shapley values over the groups, independence and necessity: the portable model is enough.
4. ``gradients``: integrated gradients over the same background, for saliency; needs TensorFlow.
5. ``explain`` puts 1 to 4 together for one sample. 6. ``whatif``: edit the window and predict again.
"""

from litlab.insights.explain import Insight, explain
from litlab.insights.whatif import WhatIf, edit_cell, scale_last_volumes, what_if

__all__ = ["Insight", "WhatIf", "edit_cell", "explain", "scale_last_volumes", "what_if"]
