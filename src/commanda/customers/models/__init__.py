from .city import City, CityAlias, Zone
from .customer import Customer

__all__ = ["City", "CityAlias", "Customer", "Zone"]
