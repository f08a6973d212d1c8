"""Reports to what people read: no logic, no arithmetic."""
