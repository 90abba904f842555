"""The simulated retail network, one room a process; `npsstats.data.simulate` is the way in."""
