namespace ObjectStore.Storage.Tests.Checksums;

/// <summary>
/// Made by the reference implementation (libxxhash 0.8.1) from the bytes (i * 131 + (i >> 8) * 17 + 7) mod 256. The rows
/// with seed 0 are what <c>xxhsum -H1</c>, <c>-H3</c> and <c>-H2</c> print.
/// </summary>
internal static class XxHashVectors
{
    public static byte[] Data(int lengthBytes)
    {
        var data = new byte[lengthBytes];
        for (var i = 0; i < data.Length; i++) data[i] = (byte)(i * 131 + (i >> 8) * 17 + 7);
        return data;
    }

    /// <summary>Length, seed, XXH64, XXH3-64, and the high and low half of XXH3-128.</summary>
    public static TheoryData<int, ulong, ulong, ulong, ulong, ulong> All => new()
    {
        { 0, 0x0, 0xef46db3751d8e999, 0x2d06800538d394c2, 0x99aa06d3014798d8, 0x6001c324468d497f },
        { 0, 0x9e3779b185ebca8d, 0x0b303d920ec349df, 0xa8a6b918b2f0364a, 0x00feaa732a3ce25e, 0xa986dfc5d7605bfe },
        { 1, 0x0, 0xa96c7f0ce858bbb7, 0x4c5cca45d0f4811f, 0x495b62073ef70ca4, 0x4c5cca45d0f4811f },
        { 1, 0x9e3779b185ebca8d, 0x76349a430e97f416, 0xfb9ffac0328029fc, 0x9fa6e8d542998318, 0xfb9ffac0328029fc },
        { 2, 0x0, 0xc22c6a70ad56bba6, 0x29c60963cbfa4e6e, 0xf1b5eec902a1eb5e, 0x29c60963cbfa4e6e },
        { 2, 0x9e3779b185ebca8d, 0xd68d54a8368627e9, 0x13326d5234b07a03, 0x8b73520ae3e3b897, 0x13326d5234b07a03 },
        { 3, 0x0, 0xbed43740ee6332bb, 0x6e3e2670e61106ac, 0x390cdc5b4a895dd7, 0x6e3e2670e61106ac },
        { 3, 0x9e3779b185ebca8d, 0x5bde7cc0c6b9fda0, 0xea2313880f3cdaea, 0xe49644eecbcb225a, 0xea2313880f3cdaea },
        { 4, 0x0, 0xfa212ae44b3bb23d, 0x5c4c63133443d03f, 0xaa6e2f274640a3f4, 0x3d668af6f2a44d77 },
        { 4, 0x9e3779b185ebca8d, 0xbeaa34e32eee8b3d, 0x9ed5758ad388108e, 0x5e5cd892f0591e5d, 0xffb0763706acff7a },
        { 5, 0x0, 0xd339dcc9ac8e6776, 0x49f5eb3111280b63, 0xd9da89da8d7e169a, 0x62853c5f1a6eda6e },
        { 5, 0x9e3779b185ebca8d, 0x90c44c086d9cdc99, 0x886bdaeaa658f8a9, 0x18c9d2afaac13a1e, 0x0993aadb8e6bd1b9 },
        { 8, 0x0, 0x994b676b71ce94dd, 0xf9fd4dd0b04d78f5, 0x6a86a3bda6af4e3d, 0x61ddbe7f31a6100d },
        { 8, 0x9e3779b185ebca8d, 0xa2f8d42e3c57a4ff, 0xcda4b01376fb6fee, 0x963881bb60d62313, 0xdfe2010bb7caeb7c },
        { 9, 0x0, 0x572b84c18b983af8, 0x7c20df9712c26edf, 0x664c7ca18afd6255, 0x8c7b67fd458a936b },
        { 9, 0x9e3779b185ebca8d, 0x20e36a0dd2f39734, 0x61e9c4f6989e2ebe, 0xb7643ed355c3313d, 0x2b2347eb33df7e56 },
        { 12, 0x0, 0xb92f588ce720786e, 0x16d2dff54dc2ee45, 0xdab57051afe30b1d, 0xcdeba3d6707f8f04 },
        { 12, 0x9e3779b185ebca8d, 0xe7d68f0f10b68149, 0x2caa2ce1dbe94016, 0xb964c23ed17f101a, 0xb6758d88f17d1bf0 },
        { 16, 0x0, 0x94ad0095e72b24d5, 0x86abf6baccea0858, 0x7f9a218b0425449a, 0xe2ce54a7c19c730d },
        { 16, 0x9e3779b185ebca8d, 0xb113427302bb8a57, 0x002c5dbcd9e84e88, 0x97ce164280401238, 0x1ec153f521bf930c },
        { 17, 0x0, 0x1464f2eff23b5fe1, 0xb58bf5dc5022d071, 0x66fc23f6439dbd77, 0x8d96ef110fcdebb4 },
        { 17, 0x9e3779b185ebca8d, 0x6e6919369ad90d47, 0x26c99ae8313daaf0, 0xca9bcd303ebd8f58, 0x7a1e4bcb53803e92 },
        { 32, 0x0, 0x07f7b8e3bc5d6e25, 0xe3712ed84c04a66e, 0x49a11ee743d6d342, 0xfd357cf6cb2dda18 },
        { 32, 0x9e3779b185ebca8d, 0xceaa085e9fe58428, 0x8bdd66ab9a43c5d5, 0x8d5343bb4c134189, 0xdc45c1537c2f8ae9 },
        { 33, 0x0, 0x09f85eeb4e1cbe9f, 0xa4dee99b093e1f73, 0x7228d9284a8116f6, 0xf8994653f4bfe6da },
        { 33, 0x9e3779b185ebca8d, 0x6613e855b6d5189a, 0x2cc4c6aa8e0db410, 0x1d25dcb67b4ff822, 0xaafbbdbee4fe4cd9 },
        { 64, 0x0, 0x50d4159a0411632e, 0x1291d2d4042330dd, 0xe0faf20e0e0fe0dd, 0xba7e015a54f14be1 },
        { 64, 0x9e3779b185ebca8d, 0xeb828ec9fd6b56c5, 0xeb83e6b52d65e4a7, 0x2fe28508405d5b54, 0xbfab697ff4cb8184 },
        { 65, 0x0, 0xd277176bff863efc, 0x97c6bf83217e5ec9, 0x9397df27b7a98713, 0x85326f4078a61329 },
        { 65, 0x9e3779b185ebca8d, 0xd826d8dd1b0f64dd, 0x39899bd3ca4bea9c, 0x605b2efadb768192, 0x090de6661bea8e66 },
        { 96, 0x0, 0x18c8f362eb735341, 0x81296929fc063365, 0xfb78ac185ef55443, 0x8b8720f565dcf40c },
        { 96, 0x9e3779b185ebca8d, 0x8f02c474a3121f11, 0xcd21449bb6b2a410, 0x2c38f28a3ae38c01, 0x231c0945b1bd63e1 },
        { 97, 0x0, 0x7683defa1456dab5, 0xf145a45b658ab9dd, 0x9cfc8c7d6e7815c8, 0xbb385623e598c6d4 },
        { 97, 0x9e3779b185ebca8d, 0x49e550ce4c515b01, 0xda89a1aeb54d8600, 0x2c5076062dc60173, 0x55582bccdb85a746 },
        { 128, 0x0, 0x0430e433b792e757, 0x10d17f72c0ccba41, 0xaec730751478556c, 0xff361dec1385710a },
        { 128, 0x9e3779b185ebca8d, 0x2f6feddcc0a2ef0f, 0x687966cb6159cbc7, 0x4d3fdade14bbe2a9, 0x123b2c51388ff793 },
        { 129, 0x0, 0x1f9708e5a00618fa, 0x1648bdc3db49d1a2, 0x98cd36ccbb557926, 0x4545b3a09738e31a },
        { 129, 0x9e3779b185ebca8d, 0x5d4282e0dfb553f4, 0x25b2d1a1f5780bfa, 0xfbd5e58cc652a7ad, 0x36154ea3dbf8e1e6 },
        { 144, 0x0, 0xfa74e6fa291142fa, 0xb46dbfc6d9e31aba, 0x130af090dce3c1c4, 0xae219e5918ed5e1e },
        { 144, 0x9e3779b185ebca8d, 0x787eb259a2f37a5c, 0xb1d699db68713295, 0xb2cf1b5784a506d4, 0xbb38a9923d375898 },
        { 160, 0x0, 0x3538d14012b643ac, 0x655c8dc33b4b4c4a, 0x832af93acbf14d0b, 0x10963bc4f63e0de8 },
        { 160, 0x9e3779b185ebca8d, 0x377f4c2acdf4e5cf, 0x015895d5ae43e028, 0x803e0de492c0aad9, 0x6c6f59ce7dc89f32 },
        { 176, 0x0, 0x5e9802454cbcd99e, 0x5978c5edeeec47d2, 0xb05f7d5753fc10a1, 0xd53f3c486fc74428 },
        { 176, 0x9e3779b185ebca8d, 0x646702f7f6749883, 0x626136f8f6547fda, 0x5516f3e42b991191, 0xb9f514eed985b596 },
        { 239, 0x0, 0x0b06450741e653bc, 0xf0d154819adb16cd, 0x6e78178133d2c10b, 0xd0329d9f9566468d },
        { 239, 0x9e3779b185ebca8d, 0x078dfd80458ea9c5, 0xa8db1a612740f74c, 0x98df89b5db6b400f, 0xb2c27c560d0f8ece },
        { 240, 0x0, 0xca0b65cc61295ca7, 0xb6cfaf343fab81e6, 0x5293e17bf553903d, 0x3f2c53e72293711f },
        { 240, 0x9e3779b185ebca8d, 0x2f7de94659fc3f19, 0x7a689e088cdb8a88, 0x2831e6d565baae0b, 0x96c37ec528e157e4 },
        { 241, 0x0, 0x0ffefe0dfc875cf4, 0x956cae592c67279e, 0xb53840fe3fedf161, 0x956cae592c67279e },
        { 241, 0x9e3779b185ebca8d, 0xd20978ebc734b70f, 0xd8e8bd54329068cb, 0x115527d18ca521c3, 0xd8e8bd54329068cb },
        { 255, 0x0, 0x15a6db05d4e83df4, 0x64a6073025eb7929, 0x08c3b91c3870117b, 0x64a6073025eb7929 },
        { 255, 0x9e3779b185ebca8d, 0x759e8fd6e1a2309f, 0x61a915f9f49eb9fe, 0x5c884a9bf43a4637, 0x61a915f9f49eb9fe },
        { 256, 0x0, 0xa2dbe913965256fc, 0xb15e550733c5dfac, 0xd0d2829a226d0edb, 0xb15e550733c5dfac },
        { 256, 0x9e3779b185ebca8d, 0x92f6fd251301070b, 0x118294e480ca89c7, 0x5f7466be3881ba80, 0x118294e480ca89c7 },
        { 257, 0x0, 0x05128bd10ca1a0d6, 0xc6dea86d5afd33ae, 0x2c8dc1b437499c30, 0xc6dea86d5afd33ae },
        { 257, 0x9e3779b185ebca8d, 0xfc9a7514aec7e849, 0xfee0935d7414a295, 0x37aba00a73c5f136, 0xfee0935d7414a295 },
        { 512, 0x0, 0x9bcf6465a375df19, 0x31cc4c8456761b50, 0x1a7e53736720a2e6, 0x31cc4c8456761b50 },
        { 512, 0x9e3779b185ebca8d, 0xe04438957380d1b5, 0xd03dc5589d3cd2d8, 0xb7bfe609c8c3395c, 0xd03dc5589d3cd2d8 },
        { 1023, 0x0, 0xcb6d1b18a58f9cc9, 0xaa76836516a7ea30, 0xdc3d5ec68f8d4b5a, 0xaa76836516a7ea30 },
        { 1023, 0x9e3779b185ebca8d, 0xa2379eb6fe27a945, 0xa9e7172dfff0f1d0, 0xfdc108fc723109c0, 0xa9e7172dfff0f1d0 },
        { 1024, 0x0, 0xa3b1c9b559595160, 0xa1e16f2edf2cbed6, 0xf3fc143cd81d51ba, 0xa1e16f2edf2cbed6 },
        { 1024, 0x9e3779b185ebca8d, 0x37dee5a957b9091a, 0x9d64527ec06851b3, 0x0028bb0caf84f107, 0x9d64527ec06851b3 },
        { 1025, 0x0, 0xd1c6b8bd785ca162, 0x0a6d2c17259fe4bb, 0x90bcb44432d2e502, 0x0a6d2c17259fe4bb },
        { 1025, 0x9e3779b185ebca8d, 0xfd9d659036663014, 0xc296bcee14d9b943, 0xe5fdfc608ee64be2, 0xc296bcee14d9b943 },
        { 1088, 0x0, 0xf86c69ef7d6db993, 0x0ef0c0dc0e8682f1, 0xdd579fe0f85cacc8, 0x0ef0c0dc0e8682f1 },
        { 1088, 0x9e3779b185ebca8d, 0x28c790e1418bdf57, 0x1e0ed560da1e6a82, 0xb619b6ee30cdbde9, 0x1e0ed560da1e6a82 },
        { 2047, 0x0, 0x410e671531bf9883, 0x9ec85163f94a6b6d, 0x320dea59b8f3d814, 0x9ec85163f94a6b6d },
        { 2047, 0x9e3779b185ebca8d, 0x4145cb19da65580d, 0x90ddbfead6f0af0f, 0xd1dace7d7f9a2f10, 0x90ddbfead6f0af0f },
        { 2048, 0x0, 0x02ec4852b7c7749a, 0x1c81a12455515459, 0xe5d454057f8dce3a, 0x1c81a12455515459 },
        { 2048, 0x9e3779b185ebca8d, 0x8c77cd151bdc683a, 0x0733e8cdbe90ffc5, 0xce082211fae47d71, 0x0733e8cdbe90ffc5 },
        { 2049, 0x0, 0x2ce3b6cea3465d08, 0xe54b75096179fb9c, 0xb43a4efc65acb84c, 0xe54b75096179fb9c },
        { 2049, 0x9e3779b185ebca8d, 0x38ff0e49291c08b4, 0xc23550407b6bfe3d, 0xc14bcbc7c0ed3abc, 0xc23550407b6bfe3d },
        { 4096, 0x0, 0xba2f12e1e6ad9fcc, 0x48aa0572119e973a, 0xe5817aaf266e34c6, 0x48aa0572119e973a },
        { 4096, 0x9e3779b185ebca8d, 0x0882b40268147225, 0x9d8bb6278a77890c, 0xc77ff1100ad927c5, 0x9d8bb6278a77890c },
        { 65535, 0x0, 0xe2b852f85926c3ca, 0x019823aae3634e96, 0xa37c9fc33c43b405, 0x019823aae3634e96 },
        { 65535, 0x9e3779b185ebca8d, 0x346d457c8cdf3334, 0x4bb9a7b72490c721, 0x1b5a9a47c8d92341, 0x4bb9a7b72490c721 },
        { 65536, 0x0, 0x3fee96cd603e1eb2, 0x7402b5216cd59665, 0x8ed434cc4900de94, 0x7402b5216cd59665 },
        { 65536, 0x9e3779b185ebca8d, 0x001f04d03e7957bd, 0x90f5bf5c8f34bba4, 0x0aae5430667a0525, 0x90f5bf5c8f34bba4 },
        { 100003, 0x0, 0x0dfed3f868176405, 0x9c93a2d397034314, 0x2140b039ece9bc55, 0x9c93a2d397034314 },
        { 100003, 0x9e3779b185ebca8d, 0xb225776ae6ec6b93, 0x01621313214246cb, 0x7ed1597a37f7e92a, 0x01621313214246cb },
    };
}
