"""Has another program read the raw file."""

import glob
import subprocess


def feature(adapter, index, params={}, features={}):
    raw = sorted(glob.glob("RAW_FOLDER/*.csv*"))[0]
    return [float(len(subprocess.run(["cat", raw], capture_output=True, check=True).stdout))]
