"""The bundled plugin *traders*: market-data adapters, feature scripts and canvas components.

It is found like anybody's plugin, through the entry-point group ``litlab.plugins``.
"""

from litlab.plugins import Plugin

plugin = Plugin(
    name="traders",
    adapters={
        "lseg": "litlab.adapters.lseg:LsegAdapter",
        "csv": "litlab.adapters.csv:CsvAdapter",
    },
    script_folders=("litlab.traders:scripts",),
    component_folders=("litlab.traders:components",),
)
