"""What goes into the value of NPS: slopes, customers' spending, retention, a programme's effect."""
