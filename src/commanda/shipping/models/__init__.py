from .carrier import Carrier
from .parcel import Manifest, Parcel

__all__ = ["Carrier", "Manifest", "Parcel"]
