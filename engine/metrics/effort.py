"""What proposals are worth to a person: which act each photo needs, and hours against drawing everything by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RIGHT_AS_IT_STANDS = 0.75
"""IoU from which a person leaves a box as it is."""

_PHOTOS = 1000
_SECONDS_AN_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class ActionTimes:
    """Seconds that a person needs for an act.

    judge_s: to see whether a box is right. Papadopoulos et al., "We don't need no bounding-boxes: training object class
        detectors using only human verification", CVPR 2016: 1.6 s a verification.
    slide_s: to move the threshold until the box fits, judging included. Our assumption.
    switch_s: to go through the other maps and pick one, judging included. Our assumption.
    draw_s: to draw a box by hand, well. Su, Deng and Fei-Fei, "Crowdsourcing annotations for visual object detection",
        AAAI HCOMP 2012: 25.5 s median, without the 9.0 s and 7.8 s in which others check it.
    click_s: to mark a box by its four extreme points. Papadopoulos et al., "Extreme clicking for efficient object
        annotation", ICCV 2017: 7 s.
    """

    judge_s: float = 1.6
    slide_s: float = 4.0
    switch_s: float = 6.0
    draw_s: float = 25.5
    click_s: float = 7.0


@dataclass(frozen=True, slots=True)
class EffortShares:
    """Shares of photos in [0, 1] by the least act that makes their box right; they add up to 1."""

    as_it_stands: float
    slider: float
    other_map: float
    redrawn: float


@dataclass(frozen=True, slots=True)
class EffortHours:
    """Hours for 1,000 photos of one box each; the second way redraws by extreme clicking what has to be redrawn."""

    with_proposals: float
    with_proposals_and_clicking: float
    all_drawn: float
    all_clicked: float


def effort_shares(
    at_shipped: NDArray[np.float64],
    over_thresholds: NDArray[np.float64],
    over_maps: NDArray[np.float64],
    *,
    at: float = RIGHT_AS_IT_STANDS,
) -> EffortShares:
    """Which act each photo needs at least.

    Args:
        at_shipped: (N,) best IoU of the proposal as it comes.
        over_thresholds: (N,) best IoU that some threshold reaches on the same map.
        over_maps: (N,) best IoU that some threshold on another scale or cluster setting reaches.
        at: IoU that counts as right.
    """
    stands = at_shipped >= at
    slid = ~stands & (over_thresholds >= at)
    switched = ~stands & ~slid & (over_maps >= at)
    shares = [float(np.mean(each)) if len(stands) else 0.0 for each in (stands, slid, switched)]
    return EffortShares(*shares, redrawn=float(np.mean(~(stands | slid | switched))) if len(stands) else 0.0)


def effort_hours(shares: EffortShares, times: ActionTimes | None = None) -> EffortHours:
    """Hours for 1,000 photos. Every act that comes before is tried first, so a redrawn box costs them all as well."""
    times = times or ActionTimes()
    kept_s = (
        shares.as_it_stands * times.judge_s
        + shares.slider * (times.judge_s + times.slide_s)
        + shares.other_map * (times.judge_s + times.slide_s + times.switch_s)
        + shares.redrawn * (times.judge_s + times.slide_s + times.switch_s)
    )
    hours = _PHOTOS / _SECONDS_AN_HOUR
    return EffortHours(
        with_proposals=hours * (kept_s + shares.redrawn * times.draw_s),
        with_proposals_and_clicking=hours * (kept_s + shares.redrawn * times.click_s),
        all_drawn=hours * times.draw_s,
        all_clicked=hours * times.click_s,
    )
