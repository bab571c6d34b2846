"""By when something must be released: rules, clocks, what was late, and what people know beside."""
