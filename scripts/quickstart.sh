#!/usr/bin/env bash
# From nothing to topics: 300 news texts, a small embedding model, a CPU, a few minutes.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=scripts/environment.sh
source "$here/environment.sh" demo
cd "$root"
python prepare_data.py --dataset lee --model_size mini
python run_pipeline.py --dataset lee --model_size mini --config configs/quick.yaml
