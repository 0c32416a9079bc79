"""The damaged-link campaign: whatever comes over the line, a board only does what it was asked.

Frames are damaged and sent to a virtual board, in turn with intact ones. A model of the link says
what every intact frame must do and answer. The board does not listen while it answers, so of the
intact frames in a flood it may drop all but the first; its answers tell which ones it took. The
line runs at three speeds in turn, and in a third of the cases the engine is running. In every case

* each answer is, to the last bit, that of an intact frame which was sent, in their order;
* the first intact frame is answered, and so is the next request after the case;
* the board counts as dropped exactly the frames that it did not answer.

Some streams come after a pause, at another speed, and without the zero byte that tells it: nobody
knows how many frames the board sees in them, but it does nothing, and answers the next request.

From time to time and at the end all memories are compared with the model's.

The other way round, `damage_answers` damages what a board answers to the host; `damage_data` the
files of data sets, `damage_checkpoints` those.
"""

from .answers import damage_answers
from .campaign import Campaign, CampaignResult, LineFault, fuzz_link
from .checkpoints import damage_checkpoints
from .data import damage_data

__all__ = ["Campaign", "CampaignResult", "LineFault", "damage_answers", "damage_checkpoints",
           "damage_data", "fuzz_link"]
