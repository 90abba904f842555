"""Many arms, allocated as answers come in, and read afterwards without fooling oneself."""
