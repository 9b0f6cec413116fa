"""The bundled plugin *traders*: market-data adapters, feature scripts and canvas components.

It is found like anybody's plugin, through the entry-point group ``litlab.plugins``.
"""

from litlab.plugins import Plugin

plugin = Plugin(
    name="traders",
    adapters={
        "lseg": "litlab.adapters.lseg:LsegAdapter",
        "lean": "litlab.adapters.lean:LeanAdapter",
        "taq": "litlab.adapters.taq:TaqAdapter",
        "databento": "litlab.adapters.databento:DatabentoAdapter",
        "binance": "litlab.adapters.binance:BinanceAdapter",
        "lobster": "litlab.adapters.lobster:LobsterAdapter",
        "kibot": "litlab.adapters.kibot:KibotAdapter",
        "csv": "litlab.adapters.csv:CsvAdapter",
        "parquet": "litlab.adapters.parquet:ParquetAdapter",
        "ohlcv": "litlab.adapters.ohlcv:OhlcvAdapter",
        "lseg_quotes": "litlab.adapters.lseg_quotes:LsegQuotesAdapter",
        "csv_quotes": "litlab.adapters.csv_quotes:CsvQuotesAdapter",
    },
    script_folders=("litlab.traders:scripts",),
    component_folders=("litlab.traders:components",),
)
