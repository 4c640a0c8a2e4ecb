"""What single test samples and classes say of a difference: predictions that are kept, resampling, comparisons."""
