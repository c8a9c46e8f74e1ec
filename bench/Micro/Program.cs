using ObjectStore.Bench.Micro.Compression;
using ObjectStore.Bench.Micro.Digests;
using ObjectStore.Bench.Micro.Erasure;
using ObjectStore.Bench.Micro.Policies;
using ObjectStore.Bench.Micro.Select;

return args switch
{
    ["erasure", .. var options] => ErasureCommand.Run(options),
    ["md5"] => await Md5Command.RunAsync(),
    ["policy"] => PolicyCommand.Run(),
    ["select"] => await SelectCommand.RunAsync(),
    ["compression", .. var files] => CompressionCommand.Run(files),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: erasure [--json] [--block-size BYTES] [--stride-gap BYTES] [--rounds N] [--round-ms MS] [--kernel NAME] [--scheme K+M]");
    Console.Error.WriteLine("       md5");
    Console.Error.WriteLine("       policy");
    Console.Error.WriteLine("       select");
    Console.Error.WriteLine("       compression [FILE...]");
    return 2;
}
