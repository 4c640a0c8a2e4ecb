"""Images as few-shot splits: CIFAR-FS, FC100, mini-ImageNet, Omniglot."""
