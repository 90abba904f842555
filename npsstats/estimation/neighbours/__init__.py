"""What is asked beside NPS: satisfaction, effort, employees, response and completion."""
