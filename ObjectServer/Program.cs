Console.Error.WriteLine("objectstore: the server is being built.");
return 1;
