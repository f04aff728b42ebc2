# The same training in Python's eager PyTorch: prints `epoch SECONDS` lines, then the accuracy.
import gzip, os, sys, time
import torch

folder, epochs = sys.argv[1], int(sys.argv[2])
torch.manual_seed(42)
if folder:
    def idx(name, skip):
        with gzip.open(os.path.join(folder, name)) as f:
            return torch.frombuffer(bytearray(f.read()[skip:]), dtype=torch.uint8)
    x = idx("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 784).float() / 255
    y = idx("t10k-labels-idx1-ubyte.gz", 8).long()
else:
    x, y = torch.rand(10000, 784), torch.randint(10, (10000,))
net = torch.nn.Sequential(torch.nn.Linear(784, 50), torch.nn.ReLU(), torch.nn.Linear(50, 10))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
for _ in range(epochs):
    start = time.perf_counter()
    order = torch.randperm(8000)
    for i in range(0, 8000, 64):
        rows = order[i:i + 64]
        loss = torch.nn.functional.cross_entropy(net(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    correct = 0
    with torch.no_grad():
        for i in range(8000, 10000, 64):
            end = min(i + 64, 10000)
            correct += (net(x[i:end]).argmax(1) == y[i:end]).sum().item()
    print("epoch", time.perf_counter() - start, flush=True)
print({"accuracy": correct / 2000})
