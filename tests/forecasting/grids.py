"""What tests read off series; `.values` of ours is no pandas'."""

from operator import attrgetter

score_of = attrgetter("values")
