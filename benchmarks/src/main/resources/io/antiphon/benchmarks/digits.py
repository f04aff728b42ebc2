# The same training in Python's eager PyTorch: prints `epoch SECONDS` lines, then the accuracy.
import gzip, os, sys, time
import torch

folder, name, epochs = sys.argv[1], sys.argv[2], int(sys.argv[3])
torch.manual_seed(42)
if folder:
    def idx(name, skip):
        with gzip.open(os.path.join(folder, name)) as f:
            return torch.frombuffer(bytearray(f.read()[skip:]), dtype=torch.uint8)
    x = idx("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 784).float() / 255
    y = idx("t10k-labels-idx1-ubyte.gz", 8).long()
else:
    x, y = torch.rand(10000, 784), torch.randint(10, (10000,))
if name == "MLP":
    net = torch.nn.Sequential(torch.nn.Linear(784, 50), torch.nn.ReLU(), torch.nn.Linear(50, 10))
else:
    x = x.reshape(-1, 1, 28, 28)
    channels = [1, 8, 16, 32, 64]
    layers = []
    for i, o in zip(channels, channels[1:]):
        layers += [torch.nn.Conv2d(i, o, 3, 2, 1, bias=False), torch.nn.BatchNorm2d(o), torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers, torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(64, 10))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
for _ in range(epochs):
    start = time.perf_counter()
    net.train()
    order = torch.randperm(8000)
    for i in range(0, 8000, 64):
        rows = order[i:i + 64]
        loss = torch.nn.functional.cross_entropy(net(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    correct = 0
    net.eval()
    with torch.no_grad():
        for i in range(8000, 10000, 64):
            end = min(i + 64, 10000)
            correct += (net(x[i:end]).argmax(1) == y[i:end]).sum().item()
    print("epoch", time.perf_counter() - start, flush=True)
print({"accuracy": correct / 2000})
