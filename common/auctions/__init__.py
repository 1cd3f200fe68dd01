"""Auctions: bundles and valuations, menus, tariffs, optimal mechanisms; names are imported when they are asked for.

What there is stands in the stub beside this file, ``__init__.pyi``. The library's own modules import one another by
path: a run is named by the files that it imports, and a notebook that asks for `Menu` needs only its module.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
