"""What a forecast means for trade: revenue, customers who leave, scenarios and targets."""
