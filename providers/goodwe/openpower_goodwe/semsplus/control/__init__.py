"""How SEMS+ is controlled: functions, settings and documents, planned without I/O."""
