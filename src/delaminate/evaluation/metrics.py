"""Every measure in one place; each file names its source and units.

============  ==================================================================================
file          measures
============  ==================================================================================
stack_score   soft-IoU of visible alpha under the best pairing, fill, edges, recomposition
layerd        edit distance between stacks: RGB-L1 and alpha soft-IoU after 0 to 5 merges
matting       SAD, MSE, gradient, connectivity of one alpha
fill          PSNR, SSIM, texture, log-variance inside a hole
honesty       share of invented pixels, colour spill at edges, time
============  ==================================================================================
"""

from delaminate.evaluation.fill import FillError, fill_error
from delaminate.evaluation.honesty import Cost, edge_spill, invented_share
from delaminate.evaluation.layerd import EditDistance, edit_distance
from delaminate.evaluation.matting import MattingError, matting_error
from delaminate.evaluation.stack_score import StackScore, Truth, score_stack
from delaminate.evaluation.visible import soft_iou, visible_alphas

__all__ = [
    "Cost",
    "EditDistance",
    "FillError",
    "MattingError",
    "StackScore",
    "Truth",
    "edge_spill",
    "edit_distance",
    "fill_error",
    "invented_share",
    "matting_error",
    "score_stack",
    "soft_iou",
    "visible_alphas",
]
