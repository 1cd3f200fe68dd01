r"""The inverse temperature of Stage 2, which grows while a menu is trained.

It sets how sharply types choose, and with that acts as a descending price clock: while it is small, sales hardly depend
on prices and all prices rise; as it grows, elements that are too dear lose their buyers and come down.
"""

from papers.bundleflow.config import BundleFlowConfig

CHECK_EVERY = 400
RESTART, SLOW = 0.05, 1.01


class InverseTemperature:
    r""":math:`\lambda` by iteration: times a factor every so many iterations, up to a last value.

    Parameters
    ----------
    config : BundleFlowConfig
        Its annealing fields.

    Attributes
    ----------
    value : float
        The current :math:`\lambda`, in one over the unit of the bids.
    """

    def __init__(self, config: BundleFlowConfig) -> None:
        self.value, self._last = (x / config.scale for x in config.inverse_temperature)
        self._every, self._restart = config.annealing_every, RESTART / config.scale
        times = max(1, round(config.annealing_share * config.iterations / self._every))
        self._factor = config.annealing_factor or (self._last / self.value) ** (1 / times)
        self._share = 0.0

    def advance(self, iteration: int) -> None:
        """Move on after an iteration, the first one being 1."""
        if iteration % self._every == 0:
            self.value = min(self.value * self._factor, self._last)

    def look_at(self, included_share: float) -> None:
        """Apply the released code's odd rule (dossier 4.2), to be called every 400 iterations.

        Parameters
        ----------
        included_share : float
            Weighted mean of the support points, which stands for the share of items in the menu's bundles. If it is
            above one half and has shrunk since the last call, annealing starts again at 0.05, more slowly; once only.
        """
        if 0.5 < included_share < self._share and self._factor > SLOW:
            self.value, self._factor = self._restart, SLOW
        self._share = included_share
