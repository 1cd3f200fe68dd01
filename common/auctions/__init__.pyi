from .cats import cats_bidders as cats_bidders
from .menu import Menu as Menu
from .optimal import optimal_mechanism as optimal_mechanism
from .soft_revenue import soft_menu_revenue as soft_menu_revenue
from .straight_jacket_auction import straight_jacket as straight_jacket
from .tariffs import posted_price as posted_price
from .tariffs import size_linear_tariff as size_linear_tariff
from .xor import XORValuations as XORValuations
