"""The blocks of scripts/check_gpu.py."""
