from .bundle_flow import BundleFlow as BundleFlow
from .config import BundleFlowConfig as BundleFlowConfig
