"""An answer as a Vega-Lite spec, and as a picture that is drawn from one."""
