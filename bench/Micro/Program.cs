using ObjectStore.Bench.Micro.Digests;
using ObjectStore.Bench.Micro.Erasure;
using ObjectStore.Bench.Micro.Policies;

return args switch
{
    ["erasure", .. var options] => ErasureCommand.Run(options),
    ["md5"] => await Md5Command.RunAsync(),
    ["policy"] => PolicyCommand.Run(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: erasure [--json] [--block-size BYTES] [--stride-gap BYTES] [--rounds N] [--round-ms MS] [--kernel NAME] [--scheme K+M]");
    Console.Error.WriteLine("       md5");
    Console.Error.WriteLine("       policy");
    return 2;
}
