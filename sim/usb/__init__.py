"""A USB full-speed host for simulated boards, from D+ and D- to the port that the driver opens."""
