"""From NPS to money: growth, churn, drivers, and what a point is worth."""
