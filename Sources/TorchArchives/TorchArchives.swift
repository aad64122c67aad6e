// TorchArchives
