return await NodeActor.CommandLine.NodeCommand.Run(args);
