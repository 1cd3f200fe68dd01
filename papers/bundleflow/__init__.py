"""BundleFlow: deep menus for combinatorial auctions by diffusion-based optimisation (arXiv 2502.15283).

Names are imported when they are asked for; ``__init__.pyi`` says where they live.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
