"""A soft shadow that a thing casts on what is behind it: found without being asked for, given back as light."""

from delaminate.splitting.shadow.finding import reach, shadow_of
from delaminate.splitting.shadow.light import Shadow, cast, lit

__all__ = ["Shadow", "cast", "lit", "reach", "shadow_of"]
