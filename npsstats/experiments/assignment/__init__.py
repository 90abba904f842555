"""Who gets which arm, so that anybody can recompute it; and whether it is what happened."""
