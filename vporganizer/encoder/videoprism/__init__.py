"""VideoPrism (Google DeepMind, ICML 2024, arXiv 2402.13217): four public models, re-implemented."""
