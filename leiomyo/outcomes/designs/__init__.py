"""Treatment comparisons that cannot credit a treatment with the time one had to live to receive it.

`Persons` in, `Comparison` out. `landmark`, `time_varying` and `clone_censor_weight` are the three right ways;
`naive` shows what the wrong one would have said, and is labelled so. All need each person's row, so none of
them adds up over centres.
"""

from leiomyo.outcomes.designs.clone import clone_censor_weight
from leiomyo.outcomes.designs.comparison import Comparison
from leiomyo.outcomes.designs.landmark import landmark
from leiomyo.outcomes.designs.naive import naive
from leiomyo.outcomes.designs.persons import Persons
from leiomyo.outcomes.designs.time_varying import time_varying

__all__ = ["Comparison", "Persons", "clone_censor_weight", "landmark", "naive", "time_varying"]
