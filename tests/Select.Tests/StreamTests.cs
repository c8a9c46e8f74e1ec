using System.IO.Compression;
using System.Text;
using ObjectStore.Select.Output;

namespace ObjectStore.Select.Tests;

public sealed class StreamTests
{
    // python3: bz2.compress of 400 lines "i,name(i mod 7),i*i" and of a line of 700 times x.
    private const string Bzip2 = 
        "QlpoMTFBWSZTWTtiHzQAAoxZiMAQAAR/4CIDAHAAEAAIYAq8AwDAGD7QFsDQFzu7jss0Wzt3XCKbRmakVU9TI0EVU/9o2optVUBkYo0ZA0aZGhFU/80SFFIACjRkDRpkaDU/REBKoD0D8/xXBd/b79"
        + "TNqTJUyZUyVMyVMlTFKglTHKiSphKiWpjlRJUxSoJUzJUyVMn5qZKmbUmSpkypkqZkqZKmKVBKmOVElTCVEtTHKiSpilQSpmSpkqZkzUyVM2pMlTJlTJUzJUyVMUqCVMcqJKmEqJamOVElTFKglTMl"
        + "TJUxSoJUxyokqYSolqY5USVMUqCVMyVMlTq3PdE3M5hQBckCAsYXJBYVQMaggIEAxogkQFgFyRQFUAXJUskVgxo/ACAY0RVAENogJAGQIgJAsQDkhgFzYK5IAQME0QAggY0QEgTdAVcskC1YIcuAEE"
        + "DGiAEIHAJwEgiwuiAkGNAXJACkAJEQAoAY0QElg6CiAkILARckFySADkgFRYWDRASyQYTq1VKarzb/pWckQTQAVJFhGjZwCwQy9cgm7SVUqQHLCQIQA6kgHJIVACC2VqYG23tt26A3QSBCAHUsjQSQ"
        + "FAMLg4TqLSS4krCwmgkAcgitEA5ICgGF7N6ItQqXFa1YA4pBOwGHLK0QFyBJYAVKgtLSXEkM2IqQOKQYKitD0UcAugAubgu0tJUkMdnJsCuAwtcFo5o4cAssAuag/n859/eoj6I/cfR99+vL8Pzv5f"
        + "5+dtDItiErBCXfb3nuezPZ43qZEkyJkabImQikmc5z8JbdvlruKHMTID3Wl1iFnlmbyd5vPezQTXsS9HPdxMl3vdNqMOnFPHJk03ty3R3p5ZtXDNjm7szqfnhlu3EyYBzYgm4rm3EyYmTEz9FwlixM"
        + "mJkxMlJylSHKQ5SHApDlIcr7CWMcu9+z993x1lmZaGRbEJWCEmUYvc641Luo5MwGRFyLVSKDAwG21QmXcopUMBeGBgpqo8ACBSXS7fT3rmDcigoacgIECBXO+53WsZm6VBB6aqNAguSJHWwMFZuUCC"
        + "hiDDbQIAwNySnu2IMabQBaY8MBB3Xeb2hyr3rvb7cdve+dzm3onvTFU0dN+qX7NQVGA3puUXWHvVVZNtZ8786RgIGdRSVMCEAQuP7CWMXT9jzy6vW+4YxGcy1hemWWIB1kXfOOv0vNnWrD8SPnCxb8"
        + "+zEyYBbuhvQb8mLQxUPLmmU0R868y+897fPefe7572XhmSadARCY+vO3Yr5zc5zaJ28696ud2Pflv3MwVdonhctr19hXfcGhMaGNNg0MaEx4jhCr2SzMQUAwMDl0qppk41BUMd3FQgVD1qXbVieajr"
        + "WfXos95+KMbmabqPGe61gTlJszOvOXoBcHlhhv76I++w746vLvraEWxnmIzKTzL0yx5dToV/J3b8KjBNSyNqFIU44QV24SjWrtGXkFGukJNybzMZKEzPXqmgta1ExUX5hmmxPLZM1PC2ZMnBkFre96"
        + "4hyr9znc9rLtVJKazb5bXRT1avbyabjQWjF043ircKFZPdloyYZqPJBlN4rzpCdPm+74myUhykMlIkrA5SHKQ3K2OrtCcpDlIalAhykOKvsJYw9+zr7f2ufa4ky2NF+MMBGZVoIKzm/KJ2c0ZUTdGv"
        + "rKyMvdmJhVcJbO/ZmiFTVF0l7lfJU8rH5KeusTebkSqs7uO9snU1caoX25eZufVvOa3Di4Ez4AyuO2L5ix232l3PrZ99Qtc7aHKUmq7qt3DWrV1vNJLC+wljEvP21mvF+tjEJMtDRb9hgIzjd/R6t1"
        + "udGyxqJ7oUWA6Uejfb3xFbNb86uLz55LkMm686jVbHfcq+333bsSr0z3c/XKjc+6++oaa05efsuYqep2323608yrm9qJLN++iVUabMmJkxMmJkiZJ+JkxMmJkEwXImd81r7U7nkTvfPfRH30lV31Bm"
        + "W5LLYxNJloaLfsMZVDUande3ji99qKXSYUj1GsZMbfr8W+qXJxnJze4pz2Dxpvmq8udc9Puz0Sqt5m8vHzh5mfVLpu63dyN5KoAc1PeuRg+nhRaCct6rionH9tQZ9lRKq61vfKo3JlqubzaOmI6+2n"
        + "ltFlsYmky8+3Pvet96lG88w7H51RQa6Iqu2rhvdH2KMzMjbfroG7naiXz9r7lVsz7h33vTbze25lS7XvlYRspt3Hkm3dwift33289zdzoJ48tGW0WWxiaTKMXXW667c1fNxPvvMTJgGd+d7q69I93p"
        + "O7p0x2cJyJe9z3pXWzPu5a/fbq6HEwPIvVbvqLqwO9imgL3VQFepFMj5Sl7u/BZaiVSuKrX95Zzc5yyuWhqUhykJykOUhuUiVWBykMmJomIJjaJreIlwY5PfJv33fvfd3vu9wE8eJGW0ItjG6yjkdn"
        + "Zta0td29uuaWVTbLnPs5ssfzPvt1RKu784+FIHtE+XR4PsandJMOT3e99wmDszyuJbe7RMTzl5qPscLd0Lr/EksJY/EksJY/EksJYiSWEsftb/eEojH8F3JFOFCQO2IfNA==";

    // Two streams, as parallel compressors write them: "1,a" and "2,b".
    private const string Bzip2Twice = "QlpoOTFBWSZTWVev2MUAAAFZAAAQAAQgACAAIAAhmmgzTRc8XckU4UJBXr9jFEJaaDkxQVkmU1lFMzV4AAABWQAAEAAEEAAQACAAIZpoM00XPF3JFOFCQRTM1eA=";

    [Fact]
    public void The_checksum_is_that_of_ieee() => Crc32.Compute("123456789"u8).ShouldBe(0xcbf43926u);

    [Fact]
    public void A_message_is_laid_out_as_documented()
    {
        var messages = Harness.Run(Request("SELECT _2 FROM S3Object"), "1,a\n"u8.ToArray());
        messages.Select(message => message.Type).ShouldBe(["Records", "Stats", "End"]);
        messages[0].Headers.ShouldBe(new Dictionary<string, string> { [":message-type"] = "event", [":event-type"] = "Records", [":content-type"] = "application/octet-stream" });
        messages[0].Text.ShouldBe("a\n");
        messages[1].Headers[":content-type"].ShouldBe("text/xml");
        messages[1].Text.ShouldBe("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Stats><BytesScanned>4</BytesScanned><BytesProcessed>4</BytesProcessed><BytesReturned>2</BytesReturned></Stats>");
    }

    [Fact]
    public void A_pattern_that_would_hold_a_processor_for_long_is_refused()
    {
        var (text, pattern) = (new string('a', 200_000), new string('a', 20_000));
        Harness.Error($"SELECT _1 FROM S3Object WHERE _1 LIKE '%{pattern}_b%'", text + "\n").ShouldBe(SelectErrorCode.LikeInvalidInputs);
        Harness.Csv("SELECT 1 FROM S3Object WHERE _1 LIKE '%aaaa_b%'", text + "ab\n").ShouldBe("1\n");
    }

    [Fact]
    public void What_trim_takes_away_is_bounded()
    {
        var set = new string('b', 5_000) + "a";
        Harness.Error("SELECT TRIM(LEADING _1 FROM _2) FROM S3Object", $"{set},{new string('a', 100)}\n").ShouldBe(SelectErrorCode.IllegalSqlFunctionArgument);
        Harness.Csv("SELECT TRIM(LEADING _1 FROM _2) FROM S3Object", $"{set[2_000..]},{new string('a', 100)}c\n").ShouldBe("c\n");
    }

    [Fact]
    public void An_error_s_message_is_no_longer_than_a_header_may_be()
    {
        var name = new string('n', 70_000);
        var request = new SelectRequest { Expression = $"SELECT s.{name} FROM S3Object s", JsonInput = new JsonInput(true), JsonOutput = new JsonOutput() };
        // So many whole records before it that some are sent.
        var good = string.Concat(Enumerable.Repeat($"{{\"{name}\":\"{new string('v', 40_000)}\"}}\n", 3));
        var messages = Harness.Run(request, Encoding.UTF8.GetBytes($"{good}{{\"{name}\":1,\"{name.ToUpperInvariant()}\":2}}\n"));
        messages[^1].Type.ShouldBe("error");
        messages[^1].Headers[":error-code"].ShouldBe(nameof(SelectErrorCode.AmbiguousFieldName));
        messages[^1].Headers[":error-message"].Length.ShouldBeLessThan(2_000);
    }

    [Fact]
    public void Progress_is_told_where_it_is_asked_for()
    {
        var messages = Harness.Run(Request("SELECT _1 FROM S3Object") with { ReportsProgress = true }, "1,a\n"u8.ToArray());
        messages.Select(message => message.Type).ShouldBe(["Records", "Progress", "Stats", "End"]);
        messages[1].Text.ShouldContain("<Progress><BytesScanned>4</BytesScanned>");
    }

    [Fact]
    public void Progress_and_signs_of_life_come_with_time()
    {
        var csv = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("1\n", 100)));
        var request = Request("SELECT _1 FROM S3Object WHERE _1 = 2");
        Harness.Run(request with { ReportsProgress = true }, csv, 10, new Clock()).Count(message => message.Type == "Progress").ShouldBeGreaterThan(5);
        Harness.Run(request, csv, 10, new Clock()).Count(message => message.Type == "Cont").ShouldBeGreaterThan(2);
    }

    [Fact]
    public void Long_results_are_sent_in_pieces()
    {
        var csv = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 50_000).Select(n => Harness.Number(n) + ",abcdefgh\n")));
        var messages = Harness.Run(Request("SELECT * FROM S3Object"), csv);
        var records = messages.Where(message => message.Type == "Records").ToList();
        records.Count.ShouldBeGreaterThan(3);
        records.ShouldAllBe(message => message.Payload.Length <= EventStreamWriter.MaxPayloadBytes);
        records.SelectMany(message => message.Payload).ToArray().ShouldBe(csv);
        messages[^2].Text.ShouldContain($"<BytesReturned>{csv.Length}</BytesReturned>");
    }

    [Fact]
    public void A_query_that_fails_amid_its_records_sends_the_error_as_its_last_message()
    {
        var csv = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 50_000).Select(n => Harness.Number(n) + "\n")) + "oops\n");
        var messages = Harness.Run(Request("SELECT CAST(_1 AS INT) FROM S3Object"), csv);
        string.Concat(messages.Where(message => message.Type == "Records").Select(message => message.Text)).ShouldBe(Encoding.ASCII.GetString(csv)[..^5]);
        messages[^1].Headers.ShouldBe(new Dictionary<string, string>
        {
            [":message-type"] = "error", [":error-code"] = "CastFailed", [":error-message"] = "The text 'oops' could not be converted to INT.",
        });
        messages.ShouldNotContain(message => message.Type == "End");
    }

    [Fact]
    public void A_limit_ends_the_reading()
    {
        var csv = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("1\n", 100_000)));
        Harness.Run(Request("SELECT _1 FROM S3Object LIMIT 3"), csv, 1000)[1].Text.ShouldContain("<BytesScanned>1000</BytesScanned>");
    }

    [Fact]
    public void Gzip_is_read_also_in_several_members()
    {
        var bytes = Gzip("1,a\n").Concat(Gzip("2,b\n")).ToArray();
        var messages = Harness.Run(Request("SELECT * FROM S3Object") with { Compression = SelectCompression.Gzip }, bytes, 5);
        messages[0].Text.ShouldBe("1,a\n2,b\n");
        messages[1].Text.ShouldContain($"<BytesScanned>{bytes.Length}</BytesScanned><BytesProcessed>8</BytesProcessed>");
    }

    [Fact]
    public void Bzip2_is_read_through_any_chunks()
    {
        var expected = string.Concat(Enumerable.Range(0, 400).Select(n => $"{n},name{n % 7},{n * n}\n")) + new string('x', 700) + ",y,z\n";
        foreach (var chunk in new[] { 1, 100, 65536 })
        {
            Harness.Records(Request("SELECT * FROM S3Object") with { Compression = SelectCompression.Bzip2 }, Convert.FromBase64String(Bzip2), chunk).ShouldBe(expected);
            Harness.Records(Request("SELECT * FROM S3Object") with { Compression = SelectCompression.Bzip2 }, Convert.FromBase64String(Bzip2Twice), chunk).ShouldBe("1,a\n2,b\n");
        }
    }

    [Fact]
    public void Bzip2_that_is_damaged_or_cut_is_an_error_and_never_other_bytes()
    {
        var good = Convert.FromBase64String(Bzip2);
        var expected = Harness.Records(Request("SELECT * FROM S3Object") with { Compression = SelectCompression.Bzip2 }, good);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 300; round++)
        {
            var bad = good.ToArray();
            if (round % 3 == 0) bad = bad[..random.Next(bad.Length)];
            else bad[random.Next(bad.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                var result = Harness.Records(Request("SELECT * FROM S3Object") with { Compression = SelectCompression.Bzip2 }, bad);
                // Only the bits that fill up the last byte mean nothing.
                result.ShouldBe(expected, $"seed {seed}");
            }
            catch (SelectException e)
            {
                e.Code.ShouldBeOneOf(SelectErrorCode.InvalidCompressionFormat, SelectErrorCode.TruncatedInput);
            }
            catch (InvalidOperationException e)
            {
                // Found after records were sent: the stream ends with the error.
                e.Message.ShouldBeOneOf(nameof(SelectErrorCode.InvalidCompressionFormat), nameof(SelectErrorCode.TruncatedInput));
            }
        }
    }

    [Theory]
    [InlineData(SelectCompression.Gzip)]
    [InlineData(SelectCompression.Bzip2)]
    public void What_is_not_compressed_is_refused(SelectCompression compression) =>
        Should.Throw<SelectException>(() => Harness.Run(Request("SELECT * FROM S3Object") with { Compression = compression }, "1,a\n2,b\n"u8.ToArray()))
            .Code.ShouldBe(SelectErrorCode.InvalidCompressionFormat);

    private static SelectRequest Request(string expression) => new() { Expression = expression, CsvInput = new CsvInput(), CsvOutput = new CsvOutput() };

    private static byte[] Gzip(string text)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return bytes.ToArray();
    }

    /// <summary>Every look at it is half a second later.</summary>
    private sealed class Clock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks += TimeSpan.TicksPerSecond / 2;
    }
}
