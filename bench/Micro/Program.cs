using ObjectStore.Bench.Micro.Erasure;

return args switch
{
    ["erasure", .. var options] => ErasureCommand.Run(options),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: erasure [--json] [--block-size BYTES] [--stride-gap BYTES] [--rounds N] [--round-ms MS] [--kernel NAME] [--scheme K+M]");
    return 2;
}
